//! What a way or a set-up can get.

/// Half points that a way gets, of [`Points::MOST`]: four where the cause is named before the CA is asked; two where it is pointed
/// to, or named only after the CA has failed; one where it is pointed to only then; none where something else is blamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// By the pipeline alone.
    pub alone: usize,
    /// With `dns01-check` before it.
    pub with_check: usize,
    /// By `dns01-check`, before anything is ordered.
    pub by_check: usize,
}

impl Points {
    /// What one way can get.
    pub const MOST: usize = 4;
}
