//! How long to wait after so many failures in a row.

use std::time::Duration;

/// The pauses after the first failures: Let's Encrypt asks for these.
const FIRST_PAUSES: [Duration; 3] = [
    Duration::from_secs(60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(100 * 60),
];
/// The pause after each further failure.
const LAST_PAUSE: Duration = Duration::from_secs(86_400);

/// The pause after so many failures in a row; none after none.
pub fn pause(count: u32) -> Option<Duration> {
    let number = usize::try_from(count.checked_sub(1)?).unwrap_or(usize::MAX);
    Some(FIRST_PAUSES.get(number).copied().unwrap_or(LAST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_day() {
        let minutes =
            [0, 1, 2, 3, 4, 5, u32::MAX].map(|count| pause(count).map(|one| one.as_secs() / 60));
        assert_eq!(
            minutes,
            [
                None,
                Some(1),
                Some(10),
                Some(100),
                Some(1440),
                Some(1440),
                Some(1440)
            ]
        );
    }

    /// A cron job that runs every minute for a year with a name that cannot be validated.
    #[test]
    fn whoever_keeps_to_them_meets_no_limit_of_lets_encrypt() {
        const YEAR: u64 = 365 * 24 * 60;
        let (mut tries, mut next, mut at) = (0_u32, 0, Vec::new());
        for minute in 0..YEAR {
            if minute >= next {
                tries += 1;
                at.push(minute);
                next = minute + pause(tries).map_or(0, |pause| pause.as_secs() / 60);
            }
        }
        // An account is paused after 1,152 failures in a row, of which one a day is forgotten.
        assert!(tries < 1152, "{tries}");
        let in_an_hour = |from: &u64| {
            at.iter()
                .filter(|one| (*from..from + 60).contains(one))
                .count()
        };
        let most = at.iter().map(in_an_hour).max();
        assert!(most.is_some_and(|most| most <= 5), "{most:?}");
    }
}
