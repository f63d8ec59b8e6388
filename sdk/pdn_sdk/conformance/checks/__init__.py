r"""The checks, one module for each topic, and how to add one.

Those here are of the dialect `post_query`, and some of any; those of `items` are
in a folder of their own.

1. Write a function in the module of its topic:

       @check("PAG-02")
       def check_page_holds_no_more_than_page_size(api: Api) -> None:
           \"\"\"Una página nunca trae más registros que los pedidos.\"\"\"
           answer = api.search(page_size=3)
           expect(
               len(answer.results) <= 3,
               "Una página trae más registros que los pedidos.",
               expected="a lo sumo 3 registros",
               received=f"{len(answer.results)} registros",
               evidence=answer.exchange,
           )

2. Name it in the `checks` of the requirements that it verifies, in the
   standard's requirements.toml. A check that no requirement names never runs.
   Level, category, fix and source come from there.

3. Plant its fault in the table of pdn_sdk.practice.

What a check may take, by the name of its parameter:

    api              the provider under test (pdn_sdk.checking.Api)
    dataset          the Dataset that `api` is bound to; where a standard has
                     several, the check runs once for each
    standard         the Standard of the run
    text_filter      one case for each filter with the operator `contains`
    exact_filter     … `equals`
    list_filter      … `any_of`
    number_filter    … `equals` of a number
    moment_filter    … `since` or `until`
    identity_filter  … `identity` or `whole_first`
    ignored_filter   … `ignored`
    closed_filter    … `equals` with a catalogue
    filter_field     one case for each filter, whatever its operator
    sort_field       one case for each sort field
    range_filter     … `between`
    privacy_rule     one case for each rule of the projection
    demanded_rule    one case for each rule between members that keeps records out
    advised_rule     one case for each rule that only advises, by its id

A filter that is `optional` has no cases.

A case is called by the name of its field, or by the key of its dataset:
`SEA-01[nombres]`. A requirement that names `SEA-01[nombres]` asks for that case
alone; one that names `SEA-01` asks for them all.

Outcomes: FindingError is `fail` where the requirement binds (must), else
`warn`; AdviceError is `warn`; NotTriedError is `skip`; silence of the provider
and every other exception is `error`. A check imports only pdn_sdk.checking,
pdn_sdk.standards and pdn_sdk.collation.
"""
