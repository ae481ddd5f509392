using System.Text.Json;
using MlOps.Core.Endpoints;

namespace MlOps.Monitoring.Logging;

/// <summary>
/// The process that answers, and how its device does: what each line of the log says of it. The device is looked at once a second at most,
/// and only while something is logged. Not thread-safe.
/// </summary>
/// <param name="replica">Name of the process.</param>
/// <param name="look">Looks at the device.</param>
/// <param name="time">Says when a second is over.</param>
public sealed class AnswerOrigin(string replica, Func<DeviceTelemetry> look, TimeProvider time)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);
    private readonly JsonEncodedText _name = JsonEncodedText.Encode(replica);
    private long _lookedAt;
    private JsonEncodedText _device;
    private double? _cpu;
    private double? _temperature;
    private long? _memory;

    /// <summary>Writes the fields of a line.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        if (_memory is null || time.GetElapsedTime(_lookedAt) >= s_fresh) Look();
        json.WriteString("replica"u8, _name);
        json.WriteString("device"u8, _device);
        if (_cpu is { } share) json.WriteNumber("cpu"u8, share);
        if (_memory is { } bytes) json.WriteNumber("memory"u8, bytes);
        if (_temperature is { } degrees) json.WriteNumber("temperature"u8, degrees);
    }

    private void Look()
    {
        var seen = look();
        _lookedAt = time.GetTimestamp();
        _device = JsonEncodedText.Encode(seen.Device);
        _cpu = seen.CpuShare is { } share ? Math.Round(share, 3) : null;
        _memory = seen.ProcessMemoryBytes;
        // Of several sensors the hottest: it is what throttles a device.
        _temperature = seen.Temperatures.Count > 0 ? Math.Round(seen.Temperatures.Values.Max(), 1) : null;
    }
}
