"""The raw contract: one frozen dataclass per raw table."""

from producer.records.account import Account
from producer.records.batch import Batch
from producer.records.cash_event import CashEvent
from producer.records.contract import Column, Discipline, Record, SqlType
from producer.records.corporate_action import CorporateAction
from producer.records.fx_rate import FxRate
from producer.records.instrument import Instrument
from producer.records.price import Price
from producer.records.quarantine import QuarantinedRow, QuarantineResolution
from producer.records.security_transfer import SecurityTransfer
from producer.records.trade import Trade

KINDS: dict[str, type[Record]] = {
    record.KIND: record
    for record in (
        Trade, CashEvent, Price, Instrument, CorporateAction, SecurityTransfer, FxRate, Account,
    )
}  # fmt: skip
"""What `warehouse ingest KIND` takes."""

__all__ = [
    "KINDS",
    "Account",
    "Batch",
    "CashEvent",
    "Column",
    "CorporateAction",
    "Discipline",
    "FxRate",
    "Instrument",
    "Price",
    "QuarantineResolution",
    "QuarantinedRow",
    "Record",
    "SecurityTransfer",
    "SqlType",
    "Trade",
]
