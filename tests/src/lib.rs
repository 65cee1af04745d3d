//! What crosses parts: many clients, faults, load, hostile guests, shared vectors.
