"""Building the warehouse with dbt and publishing what passed."""
