using System.Net;
using FsCheck;
using FsCheck.Fluent;
using MlOps.DurableTask.Sidecar.Grpc;

namespace MlOps.DurableTask.Sidecar.Tests.Grpc;

public class GrpcMessageTextTests
{
    [Theory]
    [InlineData("all well", "all well")]
    [InlineData("100%", "100%25")]
    [InlineData("ü\n", "%C3%BC%0A")]
    [InlineData("€", "%E2%82%AC")]
    public void Everything_but_printable_ascii_is_percent_encoded(string message, string encoded) =>
        Assert.Equal(encoded, GrpcMessageText.Encode(message));

    [Fact]
    public void A_long_message_is_cut() => Assert.Equal(new string('x', 1024) + "%E2%80%A6", GrpcMessageText.Encode(new string('x', 5000)));

    [Fact]
    public void Decoding_gives_the_message_back() => Prop.ForAll(ArbMap.Default.ArbFor<UnicodeString>(), text =>
    {
        var message = text.Get.Length > 1024 ? text.Get[..1024] : text.Get;
        return WebUtility.UrlDecode(GrpcMessageText.Encode(message).Replace("+", "%2B", StringComparison.Ordinal)) == Valid(message);
    }).QuickCheckThrowOnFailure();

    // A lone surrogate has no UTF-8; the replacement character stands for it.
    private static string Valid(string text) => string.Concat(text.EnumerateRunes());
}
