using System.Runtime.CompilerServices;

namespace MlOps.Testing;

/// <summary>Waits for what comes about by itself, for as long as a busy machine may need. What does not is told with the state that was seen last.</summary>
internal static class Eventually
{
    /// <summary>Enough for a whole run or the start of a process on a machine that does much else.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(4);

    /// <summary>Looks until what is seen is what is waited for.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T>> look, Func<T, bool> until, [CallerArgumentExpression(nameof(until))] string what = "")
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (until(seen)) return seen;
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"'{what}' did not come about within {Patience.TotalMinutes:0} minutes; the state seen last: {seen}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until something holds.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="state">What to tell when it does not come about.</param>
    /// <param name="what">The condition as it is written.</param>
    public static async Task HoldsAsync(Func<bool> condition, Func<object?>? state = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        await GetAsync(() => Task.FromResult(condition() ? "it holds" : state?.Invoke()?.ToString() ?? "it does not hold"), seen => seen is "it holds", what);
}
