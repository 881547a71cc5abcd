//! Cancels and resumes.
