using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public class NotifyReaderTests
{
    [Fact]
    public void Channels_are_read_with_their_defaults()
    {
        var notify = Read("""
            notify:
              channels:
                - { channel: teams, urlFrom: TEAMS_URL, events: [approval, release] }
                - { channel: slack, name: oncall, urlFrom: SLACK_URL, severity: critical }
                - { channel: webhook, urlFrom: HOOK_URL, secretFrom: HOOK_KEY }
                - { channel: email, to: [ops@example.com], from: mlops@example.com, server: smtp.example.com, user: mlops, passwordFrom: SMTP_PASSWORD }
                - { channel: outbox }
            """);
        Assert.Equal(["teams", "oncall", "webhook", "email", "outbox"], notify.Channels.Select(c => c.Name));
        Assert.Equal(["approval", "release"], notify.Channels[0].Events);
        Assert.Equal(NotificationSeverity.Critical, notify.Channels[1].Severity);
        Assert.Equal("HOOK_KEY", Assert.IsType<WebhookChannel>(notify.Channels[2]).SecretFrom);
        var mail = Assert.IsType<EmailChannel>(notify.Channels[3]);
        Assert.Equal((587, true, "mlops", "SMTP_PASSWORD"), (mail.Port, mail.Tls, mail.User, mail.PasswordFrom));
    }

    [Fact]
    public void Without_the_section_there_is_no_channel() =>
        Assert.Empty(PipelineSpecReader.Read(PipelineText.Small, "p").Notify.Channels);

    [Theory]
    [InlineData("{ channel: slack, urlFrom: \"https://hooks.slack.com/services/T0/B0/x\" }", "the secret itself does not belong in this file")]
    [InlineData("{ channel: slack }", "channel slack lacks the key 'urlFrom'")]
    [InlineData("{ channel: slak, urlFrom: A }", "'slak' is no channel. Did you mean 'slack'?")]
    [InlineData("{ channel: slack, urlForm: A }", "'urlForm' is not a key of channel slack. Did you mean 'urlFrom'?")]
    [InlineData("{ channel: outbox, events: [Approvals!] }", "'Approvals!' is no value of 'notify.channels[0].events[0]'")]
    [InlineData("{ channel: outbox, severity: high }", "expected one of info, warning, critical")]
    [InlineData("{ channel: email, from: me, server: s }", "'me' is no value of 'notify.channels[0].from': expected an e-mail address.")]
    [InlineData("{ channel: email, from: a@b.c, server: s, user: me }", "has only one of 'user' and 'passwordFrom'")]
    [InlineData("{ channel: outbox }, { channel: outbox }", "two channels of 'notify.channels' are called 'outbox'")]
    public void What_cannot_be_used_is_told(string channels, string problem)
    {
        var error = Assert.Throws<PipelineSpecException>(() => Read($"notify: {{ channels: [ {channels} ] }}"));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static NotifySpec Read(string section) => PipelineSpecReader.Read(PipelineText.And(section), "p").Notify;
}
