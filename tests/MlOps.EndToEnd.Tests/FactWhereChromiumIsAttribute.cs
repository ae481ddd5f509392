namespace MlOps.EndToEnd.Tests;

/// <summary>A test in a real browser. Skipped, visibly, where there is none.</summary>
public sealed class FactWhereChromiumIsAttribute : FactAttribute
{
    public FactWhereChromiumIsAttribute() => Skip = Chromium.Path is null ? "needs Chromium: 'apt-get install chromium', or set CHROMIUM to its path." : null;
}

/// <summary>The browser of this machine.</summary>
internal static class Chromium
{
    public static string? Path { get; } = new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }
        .FirstOrDefault(p => p is { Length: > 0 } && File.Exists(p));
}
