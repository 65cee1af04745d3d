//! How a project calls a plugin: on its resident instance or on a fresh one, with faults counted either way.

use std::sync::Arc;

use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Lift, Lower};

use super::{ProjectPlugins, Slot};
use crate::faults::{Fault, FaultCause, PluginError};
use crate::host::Visit;
use crate::instance::{Failure, Guest, GuestState};
use crate::limits::Call;

impl ProjectPlugins {
    /// Calls a pure function on the plugin's resident instance. `read` checks the answer; what it refuses is a fault.
    ///
    /// The instance is out of its place while it runs: a call that is dropped half way takes it along.
    pub(super) async fn call_resident<P, R, T>(
        &self,
        slot: &Slot,
        function: &ComponentExportIndex,
        call: Call,
        parameters: P,
        read: impl FnOnce(R) -> Result<T, FaultCause>,
    ) -> Result<T, PluginError>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let mut resident = slot.resident.lock().await;
        // Calls on fresh instances may have been what it was set aside for.
        if let Err(quarantined) = self.refuse_quarantined(slot) {
            *resident = None;
            return Err(quarantined);
        }
        let mut guest = match resident.take() {
            Some(guest) => guest,
            None => self.start(slot, None, call).await?,
        };
        let answer =
            self.finish(slot, call, guest.call(function, call, parameters, &self.runtime.ticker).await, read)?;
        *resident = Some(guest);
        Ok(answer)
    }

    /// Calls a function on an instance made for this call only.
    pub(super) async fn call_fresh<P, R, T>(
        &self,
        slot: &Slot,
        visit: Option<Arc<Visit>>,
        function: &ComponentExportIndex,
        call: Call,
        parameters: P,
        read: impl FnOnce(R) -> Result<T, FaultCause>,
    ) -> Result<T, PluginError>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let mut guest = self.start(slot, visit, call).await?;
        self.finish(slot, call, guest.call(function, call, parameters, &self.runtime.ticker).await, read)
    }

    async fn start(&self, slot: &Slot, visit: Option<Arc<Visit>>, call: Call) -> Result<Guest, PluginError> {
        self.refuse_quarantined(slot)?;
        let state = GuestState::new(slot.name().clone(), self.project.clone(), self.runtime.limits.clone(), visit);
        let started = Guest::start(&slot.enabled.plugin.code, state, &self.runtime.ticker).await;
        started.map_err(|failure| self.failure(slot, call, failure))
    }

    fn finish<R, T>(
        &self,
        slot: &Slot,
        call: Call,
        answer: Result<R, Failure>,
        read: impl FnOnce(R) -> Result<T, FaultCause>,
    ) -> Result<T, PluginError> {
        answer
            .and_then(|answer| read(answer).map_err(Failure::Fault))
            .map_err(|failure| self.failure(slot, call, failure))
    }

    fn failure(&self, slot: &Slot, call: Call, failure: Failure) -> PluginError {
        match failure {
            Failure::Full => PluginError::Unavailable { plugin: slot.name().to_string() },
            Failure::Fault(cause) => {
                let (plugin, project) = (slot.name().clone(), self.project.clone());
                let fault = Fault { plugin, project, call: call.name(), cause };
                self.count(slot, &fault);
                fault.into()
            }
        }
    }

    /// Counts a fault and logs it: here and nowhere else.
    fn count(&self, slot: &Slot, fault: &Fault) {
        let quarantined = slot.faults().count(fault, &self.runtime.limits);
        let (plugin, project) = (&*fault.plugin, &*fault.project);
        tracing::warn!(plugin, project, call = fault.call, "{fault}");
        if quarantined {
            tracing::error!(plugin, project, "the plugin is set aside in this project after repeated faults");
        }
    }

    fn refuse_quarantined(&self, slot: &Slot) -> Result<(), PluginError> {
        match slot.faults().quarantine() {
            None => Ok(()),
            Some(reason) => Err(PluginError::Quarantined {
                plugin: slot.name().to_string(),
                project: self.project.clone(),
                reason: reason.to_owned(),
            }),
        }
    }
}
