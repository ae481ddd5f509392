using MlOps.Serving.Telemetry;

namespace MlOps.Serving.Tests.Telemetry;

public sealed class DeviceSensorsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mlops-sensors-").FullName;

    [Fact]
    public void Temperatures_come_from_the_thermal_zones()
    {
        Write("sys/class/thermal/thermal_zone0/temp", "48250\n");
        Write("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
        Write("sys/class/thermal/thermal_zone1/temp", "-5000\n");
        Write("sys/class/thermal/thermal_zone2/temp", "no number\n");
        Assert.Equal(new Dictionary<string, double> { ["thermal_zone0 cpu-thermal"] = 48.25, ["thermal_zone1"] = -5 }, DeviceSensors.Read(_root).Temperatures);
    }

    [Fact]
    public void Without_zones_they_come_from_the_hardware_monitors()
    {
        Write("sys/class/hwmon/hwmon0/temp1_input", "36500\n");
        Write("sys/class/hwmon/hwmon0/name", "nvme\n");
        Assert.Equal(new Dictionary<string, double> { ["hwmon0/temp1 nvme"] = 36.5 }, DeviceSensors.Read(_root).Temperatures);
    }

    [Fact]
    public void A_system_that_tells_nothing_is_no_error()
    {
        var device = DeviceSensors.Read(_root);
        Assert.True(device is { Temperatures.Count: 0, AvailableMemoryBytes: null, Processors: > 0, ProcessMemoryBytes: > 0 });
    }

    [Fact]
    public void Memory_is_told_in_bytes()
    {
        Write("proc/meminfo", "MemTotal:       24000000 kB\nMemAvailable:   12000000 kB\n");
        Assert.Equal(12_288_000_000, DeviceSensors.Read(_root).AvailableMemoryBytes);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
