//! The problems that many routes answer with, for their documentation. A row that comes after one of these takes the
//! place of its own.

use crate::Problem;
use utoipa::IntoResponses;

/// A route for who is signed in.
#[derive(Debug, IntoResponses)]
pub enum ForMembers {
    /// Not signed in
    #[response(status = 401)]
    NotSignedIn(Problem),
    /// Temporarily unavailable; ask again
    #[response(status = 503)]
    Unavailable(Problem),
}

/// A route for admins.
#[derive(Debug, IntoResponses)]
pub enum ForAdmins {
    /// Not signed in
    #[response(status = 401)]
    NotSignedIn(Problem),
    /// Not an admin, one who may only look, not signed in as configured, or not an admin's own to decide
    #[response(status = 403)]
    NotAnAdmin(Problem),
    /// Temporarily unavailable; ask again
    #[response(status = 503)]
    Unavailable(Problem),
}

/// A route that reads a body.
#[derive(Debug, IntoResponses)]
pub enum WithBody {
    /// The request cannot be read
    #[response(status = 400)]
    Malformed(Problem),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(Problem),
}

/// A list that comes in pages.
#[derive(Debug, IntoResponses)]
pub enum InPages {
    /// Not a cursor that a page gave
    #[response(status = 400)]
    BadCursor(Problem),
}
