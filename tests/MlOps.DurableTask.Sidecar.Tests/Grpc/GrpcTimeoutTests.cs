using MlOps.DurableTask.Sidecar.Grpc;

namespace MlOps.DurableTask.Sidecar.Tests.Grpc;

public class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1H", 3_600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("30S", 30_000)]
    [InlineData("250m", 250)]
    [InlineData("5000u", 5)]
    [InlineData("3000000n", 3)]
    [InlineData("0m", 0)]
    public void Every_unit_is_read(string header, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), GrpcTimeout.Parse(header));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("99999999H")]
    public void No_header_or_the_far_future_is_no_deadline(string? header) => Assert.Null(GrpcTimeout.Parse(header));

    [Theory]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("1.5S")]
    [InlineData(" 1S")]
    [InlineData("123456789S")]
    public void Anything_else_is_refused(string header)
    {
        var error = Assert.Throws<GrpcException>(() => GrpcTimeout.Parse(header));
        Assert.Equal(GrpcStatus.InvalidArgument, error.Status);
        Assert.Contains($"'{header}'", error.Message, StringComparison.Ordinal);
    }
}
