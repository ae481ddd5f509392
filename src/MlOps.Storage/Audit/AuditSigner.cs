using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Local.Native;

namespace MlOps.Storage.Audit;

/// <summary>Signs checkpoints with a key that is made at the first use and lies in a file which nobody else may read.</summary>
public sealed class AuditSigner : IDisposable
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly Lazy<ECDsa> _key;

    private AuditSigner(Func<ECDsa> load) => _key = new(load);

    /// <param name="path">The file: PKCS #8 as PEM.</param>
    public AuditSigner(string path) : this(() => Load(path))
    {
    }

    /// <summary>Signs with a key that comes from elsewhere: a vault, by way of a setting.</summary>
    /// <param name="pem">PKCS #8 as PEM.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    public static AuditSigner Of(string pem, string source) => new(() => Parse(pem, source));

    /// <summary>What others verify with.</summary>
    /// <exception cref="AuditKeyException">The key's file cannot be used.</exception>
    public AuditPublicKey PublicKey => AuditPublicKey.Of(_key.Value);

    /// <summary>Signs a text.</summary>
    /// <returns>The signature (a DER sequence, as OpenSSL has it) in base 64.</returns>
    /// <exception cref="AuditKeyException">The key's file cannot be used.</exception>
    public string Sign(string text) =>
        Convert.ToBase64String(_key.Value.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_key.IsValueCreated) _key.Value.Dispose();
    }

    private static ECDsa Load(string path)
    {
        if (!File.Exists(path)) Create(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnersOnly) is not UnixFileMode.None)
            throw new AuditKeyException(path, "others may read or write it", $"Run 'chmod 600 {path}', and consider whether the key is still a secret.");
        return Parse(File.ReadAllText(path), path);
    }

    private static ECDsa Parse(string pem, string source)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or NotSupportedException)
        {
            key.Dispose();
            throw new AuditKeyException(source, "it holds no private key", "Restore it from a backup. Without it a new one is made, which cannot vouch for what the old one signed.", e);
        }
    }

    /// <summary>Writes a new key beside the place and links it there: of processes that race, one key wins.</summary>
    private static void Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var unfinished = $"{path}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersOnly;
        using (var file = new FileStream(unfinished, options)) file.Write(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        Posix.TryMoveToFreeName(unfinished, path);
    }
}

/// <summary>The key that signs checkpoints of the audit log cannot be used.</summary>
public sealed class AuditKeyException(string source, string problem, string remedy, Exception? inner = null)
    : IOException($"The key of the audit log in {source} cannot be used: {problem}. {remedy}", inner);
