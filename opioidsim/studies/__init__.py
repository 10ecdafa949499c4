"""Prediction against published people."""
