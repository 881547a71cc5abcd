//! A simulator of Iamport (PortOne V1) for billing-key payments.
