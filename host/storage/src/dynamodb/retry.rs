//! Trying again: with full jitter, and not for ever.

use std::fmt::{self, Display};
use std::time::Duration;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use rand::Rng;
use tokio::time::Instant;

/// The longest wait before the first repetition; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(25);

/// The longest wait before any repetition.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Answers that mean: not now. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const PASSING: [&str; 12] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "LimitExceededException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ReplicatedWriteConflictException",
    "InternalServerError",
    "ServiceUnavailable",
    "RequestTimeout",
];

/// The same among the reasons for which a transaction was cancelled.
const PASSING_REASONS: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// How often something was tried and how long it may still be.
pub(super) struct Patience {
    until: Instant,
    waited: u32,
}

impl Patience {
    pub(super) fn of(limit: Duration) -> Self {
        Self { until: Instant::now() + limit, waited: 0 }
    }

    /// Waits before the next try; false when there is no time left for one.
    pub(super) async fn wait(&mut self) -> bool {
        let longest = LONGEST_WAIT.min(FIRST_WAIT.saturating_mul(2u32.saturating_pow(self.waited)));
        self.waited += 1;
        let wait = longest.mul_f64(rand::rng().random());
        if Instant::now() + wait >= self.until {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }
}

/// Why a request was not answered as wished.
pub(super) struct Unanswered<E> {
    pub(super) error: SdkError<E>,
    /// Whether it might have been later on.
    pub(super) out_of_patience: bool,
}

impl<E: std::error::Error + 'static> Display for Unanswered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DisplayErrorContext(&self.error).fmt(f)
    }
}

/// Sends a request until it is answered, or refused for good, or for `limit`.
pub(super) async fn repeat<T, E, F>(limit: Duration, mut send: impl FnMut() -> F) -> Result<T, Unanswered<E>>
where
    E: Cancellable + std::error::Error + 'static,
    F: Future<Output = Result<T, SdkError<E>>>,
{
    let mut patience = Patience::of(limit);
    loop {
        match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) if !is_passing(&error) => return Err(Unanswered { error, out_of_patience: false }),
            Err(error) if !patience.wait().await => return Err(Unanswered { error, out_of_patience: true }),
            Err(error) => tracing::debug!(error = %DisplayErrorContext(&error), "DynamoDB is asked again"),
        }
    }
}

/// Whether the same request may succeed a moment later.
fn is_passing<E: Cancellable>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => !failure.is_user(),
        SdkError::ServiceError(service) => {
            service.raw().status().as_u16() >= 500
                || service.err().code().is_some_and(|code| PASSING.contains(&code))
                || service.err().was_cancelled_in_passing()
        }
        _ => false,
    }
}

/// An error of a request; a transaction's tells the reasons.
pub(super) trait Cancellable: ProvideErrorMetadata {
    /// Whether a transaction was cancelled for nothing that would be the same a moment later.
    fn was_cancelled_in_passing(&self) -> bool {
        false
    }
}

impl Cancellable for TransactWriteItemsError {
    fn was_cancelled_in_passing(&self) -> bool {
        let Self::TransactionCanceledException(cancelled) = self else { return false };
        let mut reasons = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
        let real: Vec<&str> = reasons.by_ref().filter(|code| *code != "None").collect();
        !real.is_empty() && real.iter().all(|code| PASSING_REASONS.contains(code))
    }
}
