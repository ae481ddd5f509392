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
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly JsonEncodedText name = JsonEncodedText.Encode(replica);
    private long lookedAt;
    private JsonEncodedText device;
    private double? cpu;
    private double? temperature;
    private long? memory;

    /// <summary>Writes the fields of a line.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        if (memory is null || time.GetElapsedTime(lookedAt) >= Fresh) Look();
        json.WriteString("replica"u8, name);
        json.WriteString("device"u8, device);
        if (cpu is { } share) json.WriteNumber("cpu"u8, share);
        if (memory is { } bytes) json.WriteNumber("memory"u8, bytes);
        if (temperature is { } degrees) json.WriteNumber("temperature"u8, degrees);
    }

    private void Look()
    {
        var seen = look();
        lookedAt = time.GetTimestamp();
        device = JsonEncodedText.Encode(seen.Device);
        cpu = seen.CpuShare is { } share ? Math.Round(share, 3) : null;
        memory = seen.ProcessMemoryBytes;
        // Of several sensors the hottest: it is what throttles a device.
        temperature = seen.Temperatures.Count > 0 ? Math.Round(seen.Temperatures.Values.Max(), 1) : null;
    }
}
