"""What leaves the hub and what is forgotten: exports of customers, erasing, ages."""
