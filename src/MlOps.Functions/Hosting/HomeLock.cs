using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Functions.Hosting;

/// <summary>The process that owns a home, and where it answers.</summary>
/// <param name="Url">Base address of its API.</param>
/// <param name="ProcessId">Its process id.</param>
/// <param name="RunsWork">Whether it works on runs; otherwise it only tells, and ends with the command that started it.</param>
public sealed record HomeOwner(Uri Url, int ProcessId, bool RunsWork);

/// <summary>One process a home. The operating system gives the lock back when the process ends, however it ends.</summary>
public sealed class HomeLock : IDisposable
{
    private readonly HomeFolder _home;
    private readonly FileStream _held;

    private HomeLock(HomeFolder home, FileStream held) => (_home, _held) = (home, held);

    /// <summary>Takes the home; <see langword="null"/> when another process has it.</summary>
    public static HomeLock? TryTake(HomeFolder home)
    {
        Directory.CreateDirectory(home.System);
        try
        {
            var taken = new FileStream(home.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Where the owner before answered, if it was killed: nobody may be sent there.
            File.Delete(home.Address);
            return new HomeLock(home, taken);
        }
        catch (IOException) when (File.Exists(home.Lock))
        {
            return null;
        }
    }

    /// <summary>Who has the home; <see langword="null"/> when nobody has, or when it does not answer yet.</summary>
    public static HomeOwner? FindOwner(HomeFolder home)
    {
        if (TryTake(home) is { } free)
        {
            free.Dispose();
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<HomeOwner>(File.ReadAllBytes(home.Address), MlOpsJson.Compact);
        }
        catch (Exception error) when (error is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Tells others where this process answers.</summary>
    public void Announce(Uri url, bool runsWork)
    {
        var unfinished = _home.Address + ".tmp";
        File.WriteAllBytes(unfinished, JsonSerializer.SerializeToUtf8Bytes(new HomeOwner(url, Environment.ProcessId, runsWork), MlOpsJson.Compact));
        File.Move(unfinished, _home.Address, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(_home.Address);
        _held.Dispose();
    }
}
