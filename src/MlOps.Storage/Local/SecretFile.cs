using MlOps.Storage.Local.Native;

namespace MlOps.Storage.Local;

/// <summary>A secret that is made where it is needed first, in a file which only its owner may read.</summary>
public static class SecretFile
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the file, or makes it. Of processes that make it at once one wins, and all read the same.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="make">Makes the secret.</param>
    /// <exception cref="SecretFileException">Others may read the file.</exception>
    public static byte[] ReadOrMake(string path, Func<byte[]> make)
    {
        if (!File.Exists(path)) Make(path, make());
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnersOnly) is not UnixFileMode.None)
            throw new SecretFileException(path, "others may read or write it", $"Run 'chmod 600 {path}', and consider whether it is still a secret.");
        return File.ReadAllBytes(path);
    }

    /// <summary>Under its name a file is whole: it is written beside its place and linked there, unless the name is taken.</summary>
    private static void Make(string path, byte[] secret)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = $"{path}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersOnly;
        using (var file = new FileStream(unfinished, options))
        {
            file.Write(secret);
            file.Flush(flushToDisk: true);
        }

        Posix.TryMoveToFreeName(unfinished, path);
    }
}

/// <summary>A secret cannot be used.</summary>
/// <param name="source">The file or setting that it is in.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="remedy">What to do.</param>
/// <param name="inner">What found it.</param>
public sealed class SecretFileException(string source, string problem, string remedy, Exception? inner = null)
    : IOException($"The secret in {source} cannot be used: {problem}. {remedy}", inner);
