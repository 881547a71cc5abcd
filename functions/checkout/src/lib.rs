//! Opens and completes a checkout.
