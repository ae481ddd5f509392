using System.Formats.Tar;
using MlOps.Storage.Migration;

namespace MlOps.Cli.Bundles;

/// <summary>A bundle on this machine: a tar archive, or a folder with its files. It is at its place when it was checked, not before.</summary>
internal sealed class BundleFiles(string target) : IDisposable
{
    private readonly string _unfinished = $"{target}.{Path.GetRandomFileName()}.part";

    /// <summary>Where the archive is received.</summary>
    public string Archive => $"{_unfinished}.tar";

    private bool IsFolder => !target.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks the archive that was received, and puts it, or its files, in their place.</summary>
    /// <exception cref="BundleException">It is not whole.</exception>
    public async Task<Bundle> PublishAsync(CancellationToken cancellationToken)
    {
        var checking = Directory.CreateDirectory(_unfinished).FullName;
        BundleReader reader;
        await using (var archive = File.OpenRead(Archive)) reader = await BundleReader.UnpackAsync(archive, checking, cancellationToken);
        if (!IsFolder)
        {
            File.Move(Archive, target);
            return reader.Bundle;
        }
        var folder = $"{_unfinished}.d";
        foreach (var path in reader.Bundle.Parts.SelectMany(p => p.Files).Select(f => f.Path).Append(Bundle.FileName))
        {
            var place = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(reader.PathOf(path), place);
        }
        Directory.Move(folder, target);
        return reader.Bundle;
    }

    /// <summary>The archive of a bundle: the file itself, or its folder packed.</summary>
    /// <exception cref="IOException">There is no such bundle.</exception>
    public async Task<FileInfo> PackAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(target)) return new FileInfo(target);
        if (!Directory.Exists(target)) throw CommandException.BadInput($"There is no bundle {target}.");
        await using var archive = File.Create(Archive);
        // What lies in the folder and is not in the bundle's list goes along, and is refused by name where the list is checked.
        await TarFile.CreateFromDirectoryAsync(target, archive, includeBaseDirectory: false, cancellationToken);
        return new FileInfo(Archive);
    }

    public void Dispose()
    {
        File.Delete(Archive);
        foreach (var folder in new[] { _unfinished, $"{_unfinished}.d" })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
