using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MlOps.Pipelines.Tests.Notifications;

/// <summary>The certificate of a mail server on this machine, signed by itself.</summary>
internal sealed class MailCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlops-mail-").FullName;

    public MailCertificate(string host = "localhost")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        Certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Pem = Path.Combine(_folder, "ca.pem");
        File.WriteAllText(Pem, Certificate.ExportCertificatePem());
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>File with the certificate, without its key.</summary>
    public string Pem { get; }

    public void Dispose()
    {
        Certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
