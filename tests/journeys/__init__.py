"""Whole journeys: a person, a far side as real as it gets, the hub with its pages, an agent."""
