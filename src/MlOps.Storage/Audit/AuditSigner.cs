using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Local;

namespace MlOps.Storage.Audit;

/// <summary>Signs checkpoints with a key that is made at the first use and lies in a file which nobody else may read.</summary>
public sealed class AuditSigner : IDisposable
{
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
    /// <exception cref="SecretFileException">The key's file cannot be used.</exception>
    public AuditPublicKey PublicKey => AuditPublicKey.Of(_key.Value);

    /// <summary>Signs a text.</summary>
    /// <returns>The signature (a DER sequence, as OpenSSL has it) in base 64.</returns>
    /// <exception cref="SecretFileException">The key's file cannot be used.</exception>
    public string Sign(string text) =>
        Convert.ToBase64String(_key.Value.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_key.IsValueCreated) _key.Value.Dispose();
    }

    private static ECDsa Load(string path) => Parse(Encoding.ASCII.GetString(SecretFile.ReadOrMake(path, Make)), path);

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
            throw new SecretFileException(source, "it holds no private key", "Restore it from a backup. Without it a new one is made, which cannot vouch for what the old one signed.", e);
        }
    }

    private static byte[] Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
