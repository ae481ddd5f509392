namespace MlOps.Storage.Tests;

/// <summary>A clock that stands still until it is turned.</summary>
internal sealed class ManualTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
