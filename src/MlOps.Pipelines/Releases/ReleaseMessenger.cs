using MlOps.Core.Approvals;
using MlOps.Core.Notifications;
using MlOps.Core.Releases;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Releases;

/// <summary>Tells people of releases: those who are to certify one, and everybody how it ended.</summary>
internal sealed class ReleaseMessenger(Notifier notifier, RunSpecs specs, TimeProvider time)
{
    public Task SendCertificateRequestAsync(ReleaseRequest release, ApprovalRecord request, CancellationToken cancellationToken) => SendAsync(
        release, "certificate-requested", NotificationSeverity.Warning, $"{Called(release)} is staged and waits for your certificate",
        $"Its application tests passed. The time ends at {request.ExpiresAt:u}. To decide: mlops releases certify {release.RunId} --reason TEXT.", request.Approvers, cancellationToken);

    public Task SendEndAsync(ReleaseRequest release, ReleaseEnd end, CancellationToken cancellationToken)
    {
        var (severity, title) = end.Status switch
        {
            ReleaseStatus.Released => (NotificationSeverity.Info, "answers all requests"),
            ReleaseStatus.Compared => (NotificationSeverity.Info, "was compared with the version in production"),
            ReleaseStatus.Aborted => (NotificationSeverity.Warning, $"was taken back by {end.By}"),
            ReleaseStatus.Refused => (NotificationSeverity.Warning, "was not released"),
            _ => (NotificationSeverity.Critical, "was taken back"),
        };
        return SendAsync(release, end.Status.ToString().ToLowerInvariant(), severity, $"{Called(release)} {title}", end.Reason, [], cancellationToken);
    }

    private async Task SendAsync(
        ReleaseRequest release, string what, NotificationSeverity severity, string title, string text, IReadOnlyList<string> people, CancellationToken cancellationToken)
    {
        var spec = await specs.ReadAsync(release.RunId, cancellationToken);
        var message = new Notification
        {
            Id = Notification.IdOf("release", release.RunId, what),
            Event = $"release.{what}",
            Subject = $"endpoints/{release.Endpoint}",
            Pipeline = spec.Name,
            Severity = severity,
            Title = title,
            Text = text,
            Facts = [new("Endpoint", release.Endpoint), new("Strategy", $"{spec.Release.Strategy}"), new("Run", release.RunId), new("Approved by", release.ApprovedBy)],
            Links = [new("Look at the release", $"/api/releases/{release.RunId}")],
            At = time.GetUtcNow(),
        };
        await notifier.SendAsync(message, spec.Notify, cancellationToken);
        foreach (var person in people)
            await notifier.SendAsync(message with { Id = Notification.IdOf("release", release.RunId, what, person), Recipient = person }, spec.Notify, cancellationToken);
    }

    private static string Called(ReleaseRequest release) => $"Version {release.Model.Version} of {release.Model.Name}";
}
