namespace MlOps.Core.Endpoints;

/// <summary>How the device does that an endpoint answers on, as far as its operating system tells.</summary>
/// <param name="Device">Name of the device: its host's.</param>
/// <param name="Processors">Its processors.</param>
/// <param name="CpuShare">Share of all processors that worked since the last look, in [0, 1]; absent where the system does not tell, and at the first look.</param>
/// <param name="ProcessMemoryBytes">Memory of the serving process.</param>
/// <param name="AvailableMemoryBytes">Memory that is free for use; absent where the system does not tell.</param>
/// <param name="TotalMemoryBytes">Memory of the device, or of the process's container.</param>
/// <param name="Temperatures">Sensor to degrees Celsius; empty where the system does not tell.</param>
public sealed record DeviceTelemetry(
    string Device, int Processors, double? CpuShare, long ProcessMemoryBytes, long? AvailableMemoryBytes, long TotalMemoryBytes,
    IReadOnlyDictionary<string, double> Temperatures);
