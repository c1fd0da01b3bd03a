//! Futures side by side in one task.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// What the first of the two comes to that succeeds; the error of the last one if neither does.
pub(crate) async fn either<T, E>(
    first: impl Future<Output = Result<T, E>>,
    second: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut first_failed, mut second_failed) = (false, false);
    poll_fn(move |context| {
        if !first_failed && let Poll::Ready(result) = first.as_mut().poll(context) {
            first_failed = result.is_err();
            if !first_failed || second_failed {
                return Poll::Ready(result);
            }
        }
        if !second_failed && let Poll::Ready(result) = second.as_mut().poll(context) {
            second_failed = result.is_err();
            if !second_failed || first_failed {
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    })
    .await
}

/// What comes first of these, which is then no longer among them; never where there are none.
pub(crate) async fn first_of<F: Future + Unpin>(futures: &mut Vec<F>) -> F::Output {
    poll_fn(|context| {
        for index in 0..futures.len() {
            if let Poll::Ready(value) = Pin::new(&mut futures[index]).poll(context) {
                drop(futures.swap_remove(index));
                return Poll::Ready(value);
            }
        }
        Poll::Pending
    })
    .await
}

/// All of these at once, their results in the same order.
pub(crate) async fn all<T>(futures: impl Iterator<Item: Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(move |context| {
        let mut ready = true;
        for (future, result) in &mut pending {
            if result.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            Poll::Ready(pending.drain(..).filter_map(|(_, result)| result).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::testing::block_on;

    #[test]
    fn one_failure_waits_for_the_other_way() {
        assert_eq!(
            block_on(either(ready(Err::<u8, u8>(1)), ready(Ok(2)))),
            Ok(2)
        );
        assert_eq!(block_on(either(ready(Ok::<u8, u8>(1)), pending())), Ok(1));
        assert_eq!(block_on(either(pending(), ready(Ok::<u8, u8>(2)))), Ok(2));
        assert_eq!(
            block_on(either(ready(Err::<u8, u8>(1)), ready(Err(2)))),
            Err(2)
        );
    }
}
