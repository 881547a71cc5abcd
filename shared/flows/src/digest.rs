//! The digest: what happened is read from the journal and told on the bus in sums. What went over the bus is not asked,
//! so that nothing can be lost on the way (docs/decisions/0036-slack-is-told-in-sums.md).

use crate::each::Troubles;
use crate::{Gudok, Trouble};
use billing::Digesting;
use jiff::Timestamp;
use ledger::JournalPlace;

impl Gudok {
    /// Tells what happened since it was last told, if it is time. A run that dies after it told is followed by one that
    /// tells the same again.
    pub(crate) async fn tell_in_sums(
        &self,
        now: Timestamp,
        troubles: &mut Troubles,
    ) -> Result<(), Trouble> {
        let was = self.books.ledger.digested().await?;
        let every = self.books.settings.policy.digest_every;
        let Some(mut digesting) = Digesting::due(was, now, every) else { return Ok(()) };
        let until = digesting.until();
        let mut place = Some(JournalPlace::at(digesting.from()));
        while let Some(at) = place {
            let (page, next) = self.books.ledger.journal_page(at, until).await?;
            for entry in self.readable(page, troubles) {
                digesting.add(&entry);
            }
            place = next;
        }
        for digest in digesting.digests() {
            self.put_events(vec![self.event("digest", &digest)?]).await?;
        }
        Ok(self.books.ledger.set_digested(was, until).await?)
    }
}
