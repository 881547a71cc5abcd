//! The brake, as an admin sets it.

use crate::{Error, Gudok};
use billing::{Act, Brake, Uid};

impl Gudok {
    /// Whether new checkouts are taken; `None` if nobody ever said.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn brake(&self) -> Result<Option<Brake>, Error> {
        Ok(self.books.ledger.brake().await?)
    }

    /// Stops new checkouts, or lets them go on. Said again it changes nothing.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn set_brake(&self, by: &Uid, pulled: bool, reason: &str) -> Result<Brake, Error> {
        let (at, ledger) = (self.books.now(), &self.books.ledger);
        if let Some(same) = ledger.brake().await?.filter(|brake| brake.pulled == pulled) {
            return Ok(same);
        }
        let brake = Brake { pulled, at, by: by.clone(), reason: reason.to_owned() };
        ledger.set_brake(&brake).await?;
        let act = Act::SetBrake { pulled, reason: reason.to_owned() };
        self.note_act(by, at, act).await?;
        Ok(brake)
    }
}
