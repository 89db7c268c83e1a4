# What the portal and the help desk know. Lines: a question, its answer, words in which people ask it.
item-1 = Who provides the service?
item-1-text =
    The service is called “Issue of certificates on guardianship and custodianship”. It is provided by the education administrations of the cities of republican significance and the capital, and by the education departments of districts and of cities of oblast significance.

    Education administrations of oblasts do not issue this certificate.
item-1-words = provider office department administration where
item-2 = Where do I ask, and where do I get the answer?
item-2-text = Requests are taken and results are given through the web portal of the e-government, www.egov.kz. There is no paper application, and you need not go anywhere.
item-2-words = office paper egov portal way
item-3 = How long does it take?
item-3-text = The term is 30 (thirty) minutes. It runs around the clock from the registration of the request. As a rule the answer is ready in seconds.
item-3-words = term long wait minutes when
item-4 = Does a person or a program decide?
item-4-text = The service is electronic (fully automated). The program decides by the data of the Republican Data Bank; no official takes part.
item-4-words = automatic robot official form
item-5 = What do I get?
item-5-text = A certificate on guardianship and custodianship, or a reasoned refusal. The result is sent to your personal cabinet and kept there.
item-5-words = result certificate refusal cabinet
item-6 = What does it cost?
item-6-text = It is free, however often you ask.
item-6-words = price fee money payment cost
item-7 = When does the service work?
item-7-text = Around the clock (24/7), except for technical breaks for repair work. The portal tells of a break on top of every page.
item-7-words = hours schedule night weekend holidays
item-8 = Which documents are needed?
item-8-text = Only the electronic request. There is nothing to upload or to bring: no birth certificate, no order, no identity card.
item-8-words = documents list copies identity birth
item-9 = Why can I be refused?
item-9-text =
    There are two grounds only.

    1) The Republican Data Bank has no data on the guardian or custodian.

    2) You did not consent to access to personal data of restricted access under Article 8 of the Law on Personal Data and Their Protection.

    Nothing else can be a ground, and no technical fault.
item-9-words = grounds refused reason why
item-10 = Where can I learn of the procedure and of my request?
item-10-text = In your personal cabinet on the portal, at the reference service of the provider, and at the Unified Contact Centre: 1414 and 8-800-080-7777.
item-10-words = telephone call status help desk stage
who-may-ask = Who can get the certificate?
who-may-ask-text = The guardian of a child under 14, or the custodian of a child from 14 to 18. You can ask in your own name only: nobody gets a certificate for somebody else.
who-may-ask-words = recipient grandmother relative proxy somebody else
other-forms = Do patronage carers, foster and guest families get it?
other-forms-text = No. This certificate confirms guardianship and custodianship only. Patronage, foster and guest families have a contract, adoption has a judgment of a court: they have other documents.
other-forms-words = patronage foster guest adoption
guardian-or-custodian = What is the difference between a guardian and a custodian?
guardian-or-custodian-text = The age of the child: guardianship up to 14, custodianship from 14 to 18. The certificate has the word that is right on the day of issue, even if the order says “guardian”.
guardian-or-custodian-words = қорғаншы қамқоршы опекун попечитель difference age
turned-14 = The child turned 14. Do I need a new certificate?
turned-14-text = A guardian becomes a custodian by himself, without a new order. The old certificate stays genuine, but a check says that the word has changed. Ask for a new one: it is free.
turned-14-words = fourteen birthday new
how-to-ask = How do I ask for a certificate?
how-to-ask-text =
    Sign in to your personal cabinet, choose “New request”, answer the two questions about consent and sign the request.

    The answer comes to the cabinet. You may close the page.
how-to-ask-words = apply order steps application
without-key = How do I sign without my key at hand?
without-key-text = With your telephone and eGov Mobile, where the portal offers it. Where the portal offers a one-time password, the request is confirmed by the password in an SMS: your number must be connected to your IIN in the base of mobile citizens.
without-key-words = eds key telephone mobile egov sms password
ncalayer = NCALayer does not open. What can I do?
ncalayer-text =
    See that the program is running and up to date, and start it again. If the browser does not see it, open its address by the link on the signing page and allow its certificate.

    You can do without it: sign with another program and paste the signature, or sign with your telephone.
ncalayer-words = program signature error connection
key-expired = My key has expired or was revoked
key-expired-text = A request signed with such a key is not registered. That is no refusal: get a new key from the National Certification Authority and ask again.
key-expired-words = expired revoked new key authority
no-sms = The SMS with the password does not come
no-sms-text = See whether your number is connected to your IIN in the base of mobile citizens. Another password can be asked for after a minute, five times an hour at most. The earlier one stays good for fifteen minutes.
no-sms-words = sms code password number mobile citizens
waiting = Why does my request wait for the data bank?
waiting-text = The data bank has not answered yet, or its record must be repaired. This is a technical reason and no refusal. You need not do anything: as soon as the answer comes the request goes on by itself.
waiting-words = stuck waiting checking silent long
overdue = More than 30 minutes have passed without an answer
overdue-text = By Article 91(2) of the Administrative Procedural and Process-Related Code this counts as a refusal, and you have the right to complain. The real answer still comes to your cabinet.
overdue-words = late overdue term broken
technical-break = There is a technical break. Is my request lost?
technical-break-text = No. Registered requests are worked on and their term runs. Only new ones are not registered during the break; you can prepare one even then.
technical-break-words = repair down site maintenance
where-answer = Where is the answer?
where-answer-text = In your personal cabinet, on the page of the request. The document is kept there and can be downloaded at any time, each time the very same file.
where-answer-words = download find file pdf lost
several-children = I have several wards
several-children-text = One request can name all of them or some. Each child has a certificate of its own.
several-children-words = children two three brothers sisters
child-without-iin = The child has no IIN or was born abroad
child-without-iin-text = Choose “For all children whose guardian or custodian I am”: then you need not tell the child's IIN, and the record of the data bank decides.
child-without-iin-words = abroad foreign without iin birth
second-request = Can I send a second request while the first has no answer?
second-request-text = Until a request has ended the portal leads to that one: nobody has two open requests. After the answer you can send another at once.
second-request-words = again twice duplicate second
not-in-bank = Refused: no data in the data bank. What can I do?
not-in-bank-text =
    On the page of the refusal ask the education department that appointed you to enter or repair your record: there is a button for it. Tell the number and date of the order if you know them.

    When the record is there you get a message, and you can ask again at once. It is free.
not-in-bank-words = no record data missing repair order old act
refused-consent = I was refused because of consent
refused-consent-text = The question about access to personal data of restricted access was answered “no”, or not at all. Send a new request and give the consent: you need not wait.
refused-consent-words = consent not given personal
ask-again = Can I ask again after a refusal?
ask-again-text = Yes, at once and free of charge, as often as you like. A refusal bars nothing.
ask-again-words = again after refusal repeat
human-review = The program refused. Can a person look at it?
human-review-text = Yes. The decision was automated, and you have the right to demand that an official review it. Turn to the education office named in the answer.
human-review-words = review objection disagree official
complaint = How do I complain?
complaint-text =
    A complaint to the head of the provider is examined within 5 working days of its registration; one to the authority for assessment and control of the quality of state services within 15 working days.

    It can be made within three months of the day on which you learned of the decision. The court comes after that.
complaint-words = complain appeal court head
validity = How long is the certificate good?
validity-text = The law names no term. The certificate confirms the facts of the day and hour of its issue. Whoever you show it to can check it; if a fresh one is wanted, ask for a new one free of charge.
validity-words = valid validity expiry days
check = How is a certificate checked?
check-text = Open “Check a certificate” on the portal and type its number and the holder's IIN, or choose the PDF file, or read the QR code. The check is free and needs no sign-in. The address line must show the domain of the portal.
check-words = genuine bank notary qr code verify
no-longer = The check says the certificate no longer agrees with the data bank
no-longer-text = The certificate was right on the day of its issue. Since then the record in the data bank has changed, and it cannot be relied on now. The check does not say why. The holder learns more at the education department.
no-longer-words = not agree invalid changed
paper = Does it need a stamp on paper?
paper-text = The certificate is an electronic document with the provider's signature and needs no stamp. A print can be checked by its QR code, or by number and IIN.
paper-words = print paper stamp signature seal
languages = In which language is the certificate?
languages-text = In Kazakh and Russian at once. The portal works in Kazakh, Russian and English.
languages-words = language translation english kazakh
property = I need permission for the child's property
property-text = That is another service: “Issue of certificates for the disposal of property of minors”. A certificate on guardianship does not allow selling or giving away the child's property.
property-words = flat sale property permission deal pension deposit
moved = I moved to another oblast
moved-text = That does no harm: the data bank is republican, and the certificate is issued wherever you live. If your former district entered your data, they stay there.
moved-words = move another city region oblast
name-changed = I changed my surname
name-changed-text = Records are found by IIN, so an earlier surname does no harm. If the name in the record is out of date, ask the education department to correct it.
name-changed-words = surname marriage divorce name
two-consents = Why are there two consents?
two-consents-text = The first is to access to personal data of restricted access: without it the service is refused. The second is to data that are a secret protected by law: refusing it is no ground. Neither is ticked beforehand.
two-consents-words = consent secret tick
withdraw = How do I withdraw my consent?
withdraw-text = In your personal cabinet, under “My consents”. An issued certificate stays good, and no new data about you are asked for.
withdraw-words = withdraw consent delete data
who-read = Who looked at my data?
who-read-text = In your personal cabinet, under “Who read my data”, stand each check of a certificate, each question to the data bank and each call on which your request was told of.
who-read-words = access journal look stranger
what-1414-tells = What am I told over the telephone?
what-1414-tells-text = At which stage your request is, what to do next and by when the answer is due. What the answer says, and whether somebody is a guardian, is told to nobody over the telephone.
what-1414-tells-words = 1414 operator call learn result
number-lost = I do not remember the number of my request
number-lost-text = It stands in your personal cabinet. Over the telephone the operator can ask for your IIN and one thing more: the last four characters of the number, or the day on which you sent the request. After three wrong answers he can tell nothing for an hour.
number-lost-words = number forgot lost
dictate = How do I dictate the number?
dictate-text = Letter by letter: “S for Sierra, two, seven…”. There are no nought, no one and no letters I, O, U in numbers. The last character checks the others: it shows where something was misheard.
dictate-words = dictate spell letters say
fraud = Somebody called and asked for the code of an SMS
fraud-text = Do not tell it. Neither an operator nor an education department ever asks for the password of your key or a code of an SMS. Look under “Who read my data” in your cabinet and tell 1414.
fraud-words = fraud code password deceit
