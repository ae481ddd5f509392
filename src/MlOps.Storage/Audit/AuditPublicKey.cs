using System.Security.Cryptography;
using System.Text;

namespace MlOps.Storage.Audit;

/// <summary>The public half of the key that signs checkpoints: ECDSA on P-256 with SHA-256.</summary>
public sealed class AuditPublicKey
{
    private readonly byte[] _info;

    private AuditPublicKey(byte[] info) => _info = info;

    /// <summary>SHA-256 of the key (its SubjectPublicKeyInfo), 64 hexadecimal digits.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(_info));

    /// <summary>The key as PEM, as OpenSSL reads it.</summary>
    public string Pem => PemEncoding.WriteString("PUBLIC KEY", _info) + "\n";

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static AuditPublicKey Parse(string pem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (key.KeySize is not 256) throw new CryptographicException($"A key of {key.KeySize} bits.");
            return Of(key);
        }
        // A changed text may also read as a curve that the platform does not have.
        catch (Exception e) when (e is ArgumentException or CryptographicException or NotSupportedException)
        {
            throw new FormatException("The text is no public key: expected PEM with '-----BEGIN PUBLIC KEY-----', as 'mlops audit key' prints it.", e);
        }
    }

    /// <summary>Whether a signature of a text was made with this key's private half.</summary>
    public bool Verifies(string text, string signature)
    {
        var bytes = new byte[signature.Length];
        // Base 64 has more than one text for the same bytes; only one of them was written.
        if (!Convert.TryFromBase64String(signature, bytes, out var length) || Convert.ToBase64String(bytes, 0, length) != signature) return false;
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_info, out _);
        return key.VerifyData(Encoding.UTF8.GetBytes(text), bytes.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    internal static AuditPublicKey Of(ECDsa key) => new(key.ExportSubjectPublicKeyInfo());
}
