using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>The monitors that pipelines declare, as their files say now.</summary>
internal static class MonitorSpecs
{
    /// <summary>A pipeline and one of its monitors.</summary>
    /// <exception cref="NonRetriableTaskException">There is no such pipeline or monitor any more.</exception>
    public static (PipelineSpec Pipeline, MonitorSpec Monitor) Require(this PipelineCatalog pipelines, string pipeline, MonitorKind monitor)
    {
        if (pipelines.TryRead(pipeline)?.Spec is not { } spec) throw new NonRetriableTaskException($"There is no pipeline '{pipeline}' any more.");
        return spec.Monitors.Monitors.FirstOrDefault(m => m.Kind == monitor) is { } found
            ? (spec, found)
            : throw new NonRetriableTaskException($"Pipeline '{pipeline}' has no monitor '{MonitorNames.NameOf(monitor)}' any more.");
    }

    /// <summary>The time that a monitor's runs look at.</summary>
    public static TimeSpan WindowOf(this MonitorsSpec monitors, MonitorSpec monitor) => monitor.Window ?? monitors.Window;
}
