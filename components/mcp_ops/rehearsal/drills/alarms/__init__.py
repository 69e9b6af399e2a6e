"""What drill **alarm** is made of: a healthy environment, faults, and what people are told."""
