using System.Text;

namespace MlOps.Storage.Local;

/// <summary>
/// Mutual exclusion by name, among the tasks of this process and with other processes on this machine. A name maps to one of a
/// fixed number of lock files; the operating system frees them when a process dies.
/// </summary>
/// <param name="folder">Holds the lock files; exists.</param>
/// <param name="time">For the pauses between attempts at a lock that another process holds.</param>
internal sealed class StripedLocks(string folder, TimeProvider time)
{
    private const int Stripes = 64;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits until the names are this caller's alone, until the result is disposed.</summary>
    public async Task<HeldLocks> AcquireAsync(CancellationToken cancellationToken, params string[] names)
    {
        var held = new HeldLocks();
        try
        {
            // Always in ascending order, so that two callers never wait for each other.
            foreach (var stripe in names.Select(StripeOf).Distinct().Order())
            {
                await _gates[stripe].WaitAsync(cancellationToken);
                held.Gates.Push(_gates[stripe]);
                held.Files.Push(await LockFileAsync(Path.Combine(folder, $"{stripe:00}"), cancellationToken));
            }
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    // FNV-1a: the same stripe in every process, which string.GetHashCode is not.
    private static int StripeOf(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 16777619u;
        return (int)(hash % Stripes);
    }

    private async Task<FileStream> LockFileAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                // FileShare.None is flock(2) here: exclusive among open files, whichever process has them.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(path))
            {
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }
}

/// <summary>Names that are one caller's alone until this is disposed.</summary>
internal sealed class HeldLocks : IDisposable
{
    public Stack<SemaphoreSlim> Gates { get; } = new();

    public Stack<FileStream> Files { get; } = new();

    /// <summary>
    /// A time later than every one that was given for these names before, in any process; the present when that is later. Kept as
    /// the lock files' own time of change, so it outlives deletions and does not follow a clock that is set back.
    /// </summary>
    public DateTime NextTime(DateTime now)
    {
        var last = Files.Max(f => File.GetLastWriteTimeUtc(f.SafeFileHandle));
        var next = now > last ? now : last.AddTicks(1);
        foreach (var file in Files) File.SetLastWriteTimeUtc(file.SafeFileHandle, next);
        return next;
    }

    public void Dispose()
    {
        while (Files.TryPop(out var file)) file.Dispose();
        while (Gates.TryPop(out var gate)) gate.Release();
    }
}
