namespace MlOps.Benchmarks;

/// <summary>Times a piece of work.</summary>
internal static class Measured
{
    public static async Task<double> SecondsAsync(Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }
}
