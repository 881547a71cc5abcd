//! What must hold, in sentences.

/// What must hold, each of them always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Property {
    /// Charged at most once per period.
    OncePerPeriod,
    /// What moved is booked, or is looked for, or is before a person.
    Booked,
    /// Nothing is kept that moved after the member had left.
    Leaving,
    /// At most one schedule stands, and none that is not wanted.
    OneSchedule,
    /// What was answered stands.
    Answered,
    /// One run at a time may call for an order.
    OneCaller,
    /// The tables hold what the row says.
    Tables,
    /// Access lasts as long as it was paid for, and no longer.
    Access,
    /// Each step brings a run nearer to its rest.
    Nearer,
    /// Nothing is left undone once partners answer.
    Done,
}

impl Property {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::OncePerPeriod,
        Self::Booked,
        Self::Leaving,
        Self::OneSchedule,
        Self::Answered,
        Self::OneCaller,
        Self::Tables,
        Self::Access,
        Self::Nearer,
        Self::Done,
    ];

    /// As a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OncePerPeriod => "charged at most once per period",
            Self::Booked => "what moved is booked, looked for, or before a person",
            Self::Leaving => "nothing is kept after leaving",
            Self::OneSchedule => "at most one schedule stands, and it is wanted",
            Self::Answered => "what was answered stands",
            Self::OneCaller => "one run at a time may call for an order",
            Self::Tables => "the tables hold what the row says",
            Self::Access => "access lasts as long as it was paid for",
            Self::Nearer => "each step brings a run nearer to its rest",
            Self::Done => "nothing is left undone once partners answer",
        }
    }
}
