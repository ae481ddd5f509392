using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Telemetry;

/// <summary>Serving's metrics, under the meter <see cref="MeterName"/>. Times are in seconds, as OpenTelemetry has them.</summary>
internal sealed class ServingMeters : IAnswerObserver, IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "MlOps.Serving";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _rows;

    public ServingMeters(ModelShelf shelf)
    {
        _duration = _meter.CreateHistogram<double>("mlops.serving.request.duration", "s", "From a request's arrival to its answer; of a mirrored one, the time to compute it.");
        _rows = _meter.CreateCounter<long>("mlops.serving.rows", "{row}", "Rows answered.");
        _meter.CreateObservableGauge("mlops.serving.models", () => shelf.InMemory.Models, "{model}", "Models in memory.");
        _meter.CreateObservableGauge("mlops.serving.models.size", () => shelf.InMemory.Bytes, "By", "Memory that models count for.");
        _meter.CreateObservableGauge("mlops.device.cpu", () => DeviceSensors.Read().CpuShare ?? 0, "1", "Share of the device's processors that works.");
        _meter.CreateObservableGauge("mlops.device.memory", () => DeviceSensors.Read().ProcessMemoryBytes, "By", "Memory of this process.");
        _meter.CreateObservableGauge(
            "mlops.device.temperature",
            () => DeviceSensors.Read().Temperatures.Select(t => new Measurement<double>(t.Value, new KeyValuePair<string, object?>("sensor", t.Key))),
            "Cel", "Temperatures that the device tells.");
    }

    public void Observe(AnsweredRequest request)
    {
        if (!_duration.Enabled && !_rows.Enabled) return;
        var tags = new TagList
        {
            { "endpoint", request.Endpoint },
            { "variant", request.Variant },
            { "version", request.Version },
            { "mirrored", request.Mirrored },
        };
        if (request.Error is null) _rows.Add(request.Scores.Length / request.Signature.OutputWidth, tags);
        tags.Add("status", request.Status);
        _duration.Record(request.Latency.TotalSeconds, tags);
    }

    public void Dispose() => _meter.Dispose();
}
