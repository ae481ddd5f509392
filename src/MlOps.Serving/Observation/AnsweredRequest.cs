using System.Text.Json;
using MlOps.Core.Models;

namespace MlOps.Serving.Observation;

/// <summary>One request and what became of it, made once the answer is ready. Safe to keep: nothing in it is reused.</summary>
public sealed record AnsweredRequest
{
    /// <summary>Name of the endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Name of the variant.</summary>
    public required string Variant { get; init; }

    /// <summary>Name of the variant's model.</summary>
    public required string Model { get; init; }

    /// <summary>Version of the variant's model.</summary>
    public required int Version { get; init; }

    /// <summary>What the model answers.</summary>
    public required ModelSignature Signature { get; init; }

    /// <summary>The request's id, as the answer bears it. A copy bears that of its original.</summary>
    public required string RequestId { get; init; }

    /// <summary>When the request arrived, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When what it asks about happens, UTC, where its caller said so.</summary>
    public DateTimeOffset? EventTime { get; init; }

    /// <summary>From the request's arrival to its answer; of a copy, the time to compute it.</summary>
    public required TimeSpan Latency { get; init; }

    /// <summary>The raw rows.</summary>
    public required IReadOnlyList<JsonElement> Instances { get; init; }

    /// <summary>The model's output, shape [rows, width], row by row; empty when there is none.</summary>
    public required ReadOnlyMemory<float> Scores { get; init; }

    /// <summary>Whether it tries the endpoint out rather than uses it: it names its variant, or its id says so (<c>ProbeRequests</c>).</summary>
    public bool Probe { get; init; }

    /// <summary>Whether this is a copy whose answer nobody got.</summary>
    public bool Mirrored { get; init; }

    /// <summary>Of a copy: the scores that the caller got, from another variant.</summary>
    public ReadOnlyMemory<float> AnsweredScores { get; init; }

    /// <summary>HTTP status of the answer: 200, 4xx where the rows were refused, 5xx where it failed here.</summary>
    public required int Status { get; init; }

    /// <summary>Why there is no answer; <see langword="null"/> when there is one.</summary>
    public string? Error { get; init; }
}

/// <summary>
/// Learns of every answered request. Called on the path of the answer: it must only note and never wait; work belongs on a thread of
/// the observer's own, behind a bounded queue. What it throws is logged and harms neither the answer nor the other observers.
/// </summary>
public interface IAnswerObserver
{
    /// <summary>A request was answered, refused or failed.</summary>
    void Observe(AnsweredRequest request);
}
