//! Functions: workloads that run by the request, on machines that are nobody's concern.
//!
//! An **environment** is what answers requests: a container or a micro-VM with memory of its own, which answers one request at a time or several. It is
//! there while requests are, and paid for while they are.

use super::Architecture;
use crate::units::{Bytes, Carbon, Duration, Millicores, Money};

/// How a workload runs as a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Memory of one environment; above zero.
    pub memory: Bytes,
    /// Processor of one environment; `None` leaves it to the service, which may not be asked for where it has a price.
    pub vcpu: Option<Millicores>,
    /// Mean time that a request is worked on; above zero.
    pub duration: Duration,
    /// Requests that one environment answers at a time; at least 1.
    pub concurrency: u32,
}

/// A service on sale in a region that runs functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionOffer {
    /// What the cloud calls it, such as `lambda`.
    pub service: String,
    /// Instruction set.
    pub architecture: Architecture,
    /// Price of 10^6 requests.
    pub million_requests: Money,
    /// Price of 10^6 GiB-seconds.
    pub million_gib_seconds: Money,
    /// Price of 10^6 vCPU-seconds; `None` where processor comes with memory.
    pub million_vcpu_seconds: Option<Money>,
    /// Most requests that one environment answers at a time; at least 1.
    pub requests_per_environment: u32,
    /// Time is billed in whole parts of this; above zero.
    pub billing_increment: Duration,
    /// Most memory of one environment.
    pub max_memory: Option<Bytes>,
    /// Longest time that a request may take.
    pub max_duration: Option<Duration>,
    /// Emissions of 10^6 GiB-seconds; `None` where nobody states them.
    pub carbon_of_million_gib_seconds: Option<Carbon>,
}

impl FunctionOffer {
    /// Requests that one environment of `function` answers at a time.
    pub fn concurrency(&self, function: &Function) -> u32 {
        function.concurrency.min(self.requests_per_environment)
    }

    /// Time that is billed for one request, if an environment answers it alone.
    pub fn billed(&self, function: &Function) -> Duration {
        let increment = self.billing_increment.0;
        Duration(function.duration.0.div_ceil(increment).saturating_mul(increment))
    }
}
