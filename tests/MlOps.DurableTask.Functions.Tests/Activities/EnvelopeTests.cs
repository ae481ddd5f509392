using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.DurableTask.Functions.Activities;

namespace MlOps.DurableTask.Functions.Tests.Activities;

public class EnvelopeTests
{
    [Fact]
    public void A_call_comes_through_character_by_character_however_often_it_is_quoted() => Prop.ForAll<NonNull<string>, int, bool>((text, number, nothing) =>
    {
        var call = new ActivityCall(Math.Abs(number % 1000), $"run-1:abcd:{number}", nothing ? null : Json(text.Get, number));
        var written = call.Write();
        Assert.Equal(call, ActivityCall.TryRead(written));
        Assert.Equal(call, ActivityCall.TryRead(JsonSerializer.Serialize(written)));
        Assert.Equal(call, ActivityCall.TryRead(JsonSerializer.Serialize(JsonSerializer.Serialize(written))));
        // A worker runtime that is not 'custom' wraps inputs into an array.
        Assert.Equal(call, ActivityCall.TryRead($"[{written}]"));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_result_comes_through_as_it_was() => Prop.ForAll<NonNull<string>, int>((text, number) =>
    {
        var outcome = new ActivityOutcome(Json(text.Get, number), null);
        Assert.Equal(outcome, ActivityOutcome.TryRead(outcome.Write()));
        Assert.Equal(outcome, ActivityOutcome.TryRead(JsonSerializer.Serialize(outcome.Write())));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"at":"2026-03-01T00:00:00+01:00","n":1.0,"big":12345678901234567890123}""")]
    [InlineData("\"2026-03-01T00:00:00\"")]
    [InlineData("[1, 2 , 3]")]
    [InlineData("0.1")]
    public void Dates_and_numbers_stay_as_they_are_written(string json)
    {
        Assert.Equal(json, ActivityCall.TryRead(new ActivityCall(0, "k", json).Write())!.Input);
        Assert.Equal(json, ActivityOutcome.TryRead(new ActivityOutcome(json, null).Write())!.Result);
    }

    [Fact]
    public void A_failure_comes_through_with_all_that_it_said()
    {
        var failure = new TaskFailureDetails("My.Error", "outer", "at X", new TaskFailureDetails("Other", "inner", null, null, true), IsNonRetriable: true);
        var read = ActivityOutcome.TryRead(new ActivityOutcome(null, failure.ToMessage()).Write())!;
        Assert.Equal(failure, read.Failure!.ToFailure());
        Assert.Null(read.Result);
    }

    [Fact]
    public void No_result_is_no_result() => Assert.Equal(new ActivityOutcome(null, null), ActivityOutcome.TryRead(new ActivityOutcome(null, null).Write()));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"taskId":"1","key":"k"}""")]
    [InlineData("""{"taskId":1}""")]
    public void What_is_none_of_ours_is_left_alone(string? text)
    {
        Assert.Null(ActivityCall.TryRead(text));
        Assert.Null(ActivityOutcome.TryRead(text));
    }

    private static string Json(string text, int number) => JsonSerializer.Serialize(new { text, number, list = new[] { text } });
}
