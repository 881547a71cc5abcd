//! `gudok`: the operator's command. It reads members of another system from a file, asks Iamport, Firebase and the tables
//! what is known of each, says what would be done, and does it when told to.

mod assess;
mod import;
mod report;
mod rows;

pub use assess::{Conflict, Refused, Verdict, assess};
pub use import::{Import, Outcome, undo};
pub use report::{Line, Summary, summary};
pub use rows::{Format, Mapping, Read, ReadError, Row, Wrong, read};
