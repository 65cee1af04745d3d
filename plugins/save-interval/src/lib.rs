//! Saves the journal as soon as it is cheap and objects at intervals.
