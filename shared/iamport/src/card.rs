//! What Iamport shows of a card.

use std::fmt;

use serde::Deserialize;

use crate::lenient;

/// What Iamport shows of a card (`card_…`), on payments and on billing keys. `Debug` shows the
/// card company's code only.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct Card {
    /// The card company's code, such as `361` for BC.
    #[serde(rename = "card_code", default, deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// The card company's name.
    #[serde(rename = "card_name", default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The issuer's code.
    #[serde(rename = "card_issuer_code", default, deserialize_with = "lenient::text")]
    pub issuer_code: Option<String>,
    /// The issuer's name.
    #[serde(rename = "card_issuer_name", default, deserialize_with = "lenient::text")]
    pub issuer_name: Option<String>,
    /// The code of the company whose brand is on the card.
    #[serde(rename = "card_publisher_code", default, deserialize_with = "lenient::text")]
    pub publisher_code: Option<String>,
    /// The name of the company whose brand is on the card.
    #[serde(rename = "card_publisher_name", default, deserialize_with = "lenient::text")]
    pub publisher_name: Option<String>,
    /// The number, masked by most PGs, such as `944603*********7`.
    #[serde(rename = "card_number", default, deserialize_with = "lenient::text")]
    pub number: Option<String>,
    /// 0 for credit, 1 for debit; `None` for billing keys of KG Inicis.
    #[serde(rename = "card_type", default, deserialize_with = "lenient::number")]
    pub kind: Option<u32>,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("code", &self.code).finish_non_exhaustive()
    }
}
