"""Pure rules of statistics and computed KPIs."""
