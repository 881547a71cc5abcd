//! The one loop: observe, decide, perform, again.
