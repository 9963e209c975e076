"""Customers: found, changed, merged, parted, exported, erased."""
