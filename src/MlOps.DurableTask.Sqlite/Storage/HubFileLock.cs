using System.Globalization;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>
/// Makes a process the only user of a hub's file. The operating system gives the lock back when the process dies, however it dies.
/// Who holds it stands in a file beside the lock, for a locked file cannot be read everywhere.
/// </summary>
internal sealed class HubFileLock : IDisposable
{
    private readonly FileStream _held;

    private HubFileLock(FileStream held) => _held = held;

    /// <exception cref="TaskHubInUseException">Another hub, most likely in another process, uses the file.</exception>
    public static HubFileLock Take(string databasePath, DateTimeOffset now)
    {
        var ownerPath = databasePath + "-owner";
        FileStream stream;
        try
        {
            stream = new FileStream(databasePath + "-lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        // A missing folder or permission is an IOException or UnauthorizedAccessException too; only a sharing violation means "in use".
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new TaskHubInUseException(databasePath, ReadOwner(ownerPath), e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new TaskHubStorageException(databasePath, $"the lock beside it cannot be made ({e.Message}) Check that the folder exists and is writable.", e);
        }
        var owner = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} ({Environment.ProcessPath}) on {Environment.MachineName} since {now:u}");
        File.WriteAllText(ownerPath, owner);
        return new HubFileLock(stream);
    }

    public void Dispose() => _held.Dispose();

    private static string ReadOwner(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "a process that has not said which";
        }
    }
}
