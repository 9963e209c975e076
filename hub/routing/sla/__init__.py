"""What is promised to customers: how soon they are answered, and how soon a matter is settled.

`policies` says what is promised to whom, `clocks` is the pure reckoning, and `keeping` brings a
conversation's stored clocks up to what is true now.
"""
