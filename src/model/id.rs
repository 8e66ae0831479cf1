//! Indices into a problem's lists, one type each, so that a region's index never picks a workload.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the list.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of a position. Lists are far shorter than 2^32: `parse` limits them.
            #[expect(clippy::cast_possible_truncation, reason = "lists are limited by parse")]
            pub const fn at(index: usize) -> Self {
                Self(index as u32)
            }
        }
    };
}

id!(
    /// Position in [`Problem::users`](super::Problem::users).
    UserId
);
id!(
    /// Position in [`Problem::workloads`](super::Problem::workloads).
    WorkloadId
);
id!(
    /// Position in [`Problem::pools`](super::Problem::pools).
    PoolId
);
id!(
    /// Position in [`Problem::regions`](super::Problem::regions).
    RegionId
);
id!(
    /// Position in [`Problem::commitments`](super::Problem::commitments).
    CommitmentId
);
id!(
    /// Position in [`Problem::quotas`](super::Problem::quotas).
    QuotaId
);
id!(
    /// Position in [`Region::functions`](super::Region::functions).
    FunctionId
);
id!(
    /// Position in [`Problem::machine_types`](super::Problem::machine_types).
    TypeId
);
