//! Names that another system gave: of orders and of billing keys of members who were taken over from it.

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::BadId;

/// Another system's `merchant_uid`: 1–40 printable ASCII characters, as Iamport limits it. It says nothing of what it is
/// for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ForeignOrder(ArrayString<40>);

/// Another system's `customer_uid`: 1–80 printable ASCII characters, as Iamport limits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ForeignKey(ArrayString<80>);

/// The text, if it is one that can be sent as part of an address and looked at in a table.
fn printable<const MOST: usize>(
    text: &str,
    kind: &'static str,
) -> Result<ArrayString<MOST>, BadId> {
    let bad = BadId::new(kind);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad);
    }
    ArrayString::from(text).map_err(|_| bad)
}

macro_rules! foreign {
    ($name:ident, $kind:literal) => {
        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                printable(text, $kind).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

foreign!(ForeignOrder, "merchant_uid");
foreign!(ForeignKey, "customer_uid");
